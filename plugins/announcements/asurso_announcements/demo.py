"""x"""

STEPS: list = []
