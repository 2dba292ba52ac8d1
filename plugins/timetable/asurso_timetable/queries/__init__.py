"""Reading the timetable: weeks, the editor, bells."""
