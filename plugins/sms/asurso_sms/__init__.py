"""Text messages: gateways, confirmed phones, states and costs."""
