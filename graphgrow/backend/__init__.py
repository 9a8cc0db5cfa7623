"""graphgrow behind networkx: its own functions run on our kernels, and our graphs go straight into them.

`networkx.clustering(graph, backend="graphgrow")` converts a networkx graph once and keeps the result in its cache; a
`Graph` or an `Adjacency` needs no `backend=` and no conversion. What is not sped up here falls back to
networkx where networkx.config.fallback_to_nx is set.
"""
