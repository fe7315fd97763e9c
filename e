No such command 'frobnicate'. See: clipdash --help
