"""What befalls the machine and the network: kills at every moment, a Hub that fails, disks that are full."""
