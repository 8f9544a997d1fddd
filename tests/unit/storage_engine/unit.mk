unit_storage_engine_USE := storage_engine
