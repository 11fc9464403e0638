"""Cases: the same job on every side, and what comes of it. Here: the published example."""
