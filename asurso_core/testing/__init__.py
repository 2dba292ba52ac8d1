"""The kit for those who write plugins: a pytest plugin, factories, contracts, servers to test on."""
