"""A command that makes calls and prints what came of them: how tests in other languages drive this client."""
