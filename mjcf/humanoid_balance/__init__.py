"""HumanoidBalance: Gymnasium's humanoid on flat feet, standing at 100 Hz."""
