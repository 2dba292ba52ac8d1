"""The kit for plugin authors: a pytest plugin, factories, contracts, servers to test on."""
