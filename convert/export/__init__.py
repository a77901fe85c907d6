"""The policy network as ONNX and as TensorFlow.js."""
