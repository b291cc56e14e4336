"""The networks: autoencoder, text encoder, transformer, flow head. Pure modules; no data, no training."""
