"""The choice: numbers in, open sites out, with what is proven about them."""
