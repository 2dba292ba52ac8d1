"""The plugin of mail: letters inside the school, and out of it."""
