"""What the app does under load and when something fails: `make soak`."""
