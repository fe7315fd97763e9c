"""One file a step; the newest is named by `clipdash.records.tables.HEAD`."""
