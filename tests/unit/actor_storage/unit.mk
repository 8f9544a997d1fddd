unit_actor_storage_USE := actor_storage
