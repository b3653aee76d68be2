"""What a trained model makes of a citizen's words: danger, kind of matter, item of the duty list (decision 0045)."""
