"""Known trips against the network: bias, and the factor that mends it."""
