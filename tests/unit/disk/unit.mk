unit_disk_USE := disk
