unit_storage_alarm_USE := storage
