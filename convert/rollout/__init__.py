"""The policy as ONNX Runtime plays it in Gymnasium: episodes, golden rollouts, statistics."""
