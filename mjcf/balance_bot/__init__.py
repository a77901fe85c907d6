"""BalanceBot: a rigid body on a round base, kept upright on a swinging platform at 50 Hz."""
