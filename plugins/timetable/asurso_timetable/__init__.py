"""The plugin of the timetable: bells, the weekly grid, dated lessons."""
