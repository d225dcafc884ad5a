"""One provider's Chat Completions a file, from recordings of its live streams or its documents."""
