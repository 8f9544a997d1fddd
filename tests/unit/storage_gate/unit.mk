unit_storage_gate_USE := storage
