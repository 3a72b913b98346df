"""Where packs and history are kept: git, DVC, or memory."""
