/* services/wkctl/backup.h - what a backup is: a directory with a copy of each storage service's
 * database, and a manifest that is written last, so that one that was broken off has none.
 *
 *     DIR/backup.json  {"backup":1,"services":[NAME,...]}      DIR/NAME/  a database
 *
 * Thread: main. */
#ifndef WK_WKCTL_BACKUP_H
#define WK_WKCTL_BACKUP_H

#define WK_BACKUP_MANIFEST "backup.json"

/* Where the copy of a service is. The caller frees. */
char *wk_backup_part(const char *dir, const char *service);
#endif
