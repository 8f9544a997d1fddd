unit_storage_USE := storage
