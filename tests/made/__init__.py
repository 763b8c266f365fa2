"""Cases that many tests share: curious inputs, inputs and requests made of a seed, and what is answered to each."""
