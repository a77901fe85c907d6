"""The page in a real, headless Chromium: whatever a user clicks, and that it computes as Python does."""
