"""Changing the timetable: bells, the weekly grid, dated lessons."""
