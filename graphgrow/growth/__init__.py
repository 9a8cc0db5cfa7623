"""When, where and what to grow: rules out of parts, one file per named rule. numpy only; nothing here trains."""
