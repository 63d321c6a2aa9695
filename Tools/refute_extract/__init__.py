"""Extract word embeddings, hidden states and attention maps from a transformer into safetensors.

    python -m refute_extract words     MODEL WORDS.txt     -o nouns.safetensors
    python -m refute_extract sentences MODEL SENTENCES.txt -o sentences.safetensors

See README.md for the file layout that Refute reads.
"""

__version__ = "1.0.0"
