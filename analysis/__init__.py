"""Reading stored runs: tables, statistics, reports and figures. Never imports torch."""
