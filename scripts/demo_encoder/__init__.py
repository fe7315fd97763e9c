"""Parts of the demonstration encoder: emoji art, captions, text tower, image tower, export."""
