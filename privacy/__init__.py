"""What is personal, and later: requests, inventory, erasure, receipts, exports, retention."""
