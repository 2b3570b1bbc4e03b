// Does nothing: with `--install`, with-node.mjs then only installs.
