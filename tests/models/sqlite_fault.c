/* SPDX-License-Identifier: MIT */
#include "tests/models/sqlite_fault.h"

#include <string.h>

struct faulty_file {
	sqlite3_file base;
	struct sqlite_fault *fault;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct faulty_file *)file)->real;
}

/* SQLITE_OK, or how this change fails. */
static int change(sqlite3_file *file)
{
	struct sqlite_fault *fault = ((struct faulty_file *)file)->fault;

	fault->n_writes++;
	return fault->fail_from && fault->n_writes >= fault->fail_from ? fault->code
								       : SQLITE_OK;
}

static int faulty_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int faulty_read(sqlite3_file *file, void *data, int n_bytes, sqlite3_int64 offset)
{
	return real_of(file)->pMethods->xRead(real_of(file), data, n_bytes, offset);
}

static int faulty_write(sqlite3_file *file, const void *data, int n_bytes,
			sqlite3_int64 offset)
{
	int code = change(file);

	return code ? code
		    : real_of(file)->pMethods->xWrite(real_of(file), data, n_bytes,
						      offset);
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int code = change(file);

	return code ? code : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
	int code = change(file);

	((struct faulty_file *)file)->fault->n_syncs++;
	return code ? code : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int faulty_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int faulty_check_lock(sqlite3_file *file, int *is_reserved)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved);
}

static int faulty_control(sqlite3_file *file, int operation, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int faulty_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int faulty_device(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int faulty_shm_map(sqlite3_file *file, int region, int n_bytes, int extend,
			  void volatile **map)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), region, n_bytes, extend,
						map);
}

static int faulty_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int faulty_shm_unmap(sqlite3_file *file, int remove)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

/* Version 2: no memory-mapped reading. */
static const sqlite3_io_methods faulty_methods = {
	.iVersion = 2,
	.xClose = faulty_close,
	.xRead = faulty_read,
	.xWrite = faulty_write,
	.xTruncate = faulty_truncate,
	.xSync = faulty_sync,
	.xFileSize = faulty_size,
	.xLock = faulty_lock,
	.xUnlock = faulty_unlock,
	.xCheckReservedLock = faulty_check_lock,
	.xFileControl = faulty_control,
	.xSectorSize = faulty_sector_size,
	.xDeviceCharacteristics = faulty_device,
	.xShmMap = faulty_shm_map,
	.xShmLock = faulty_shm_lock,
	.xShmBarrier = faulty_shm_barrier,
	.xShmUnmap = faulty_shm_unmap,
};

static int faulty_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
		       int *out_flags)
{
	struct faulty_file *faulty = (struct faulty_file *)file;
	struct sqlite_fault *fault = vfs->pAppData;
	int code;

	faulty->fault = fault;
	faulty->real = (sqlite3_file *)(faulty + 1);
	code = fault->real->xOpen(fault->real, path, faulty->real, flags, out_flags);
	file->pMethods = faulty->real->pMethods ? &faulty_methods : NULL;
	return code;
}

void sqlite_fault_install(struct sqlite_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	sqlite3_initialize();
	fault->real = sqlite3_vfs_find(NULL);
	fault->vfs = *fault->real;
	fault->vfs.zName = "faulty";
	fault->vfs.pNext = NULL;
	fault->vfs.pAppData = fault;
	fault->vfs.szOsFile = (int)sizeof(struct faulty_file) + fault->real->szOsFile;
	fault->vfs.xOpen = faulty_open;
	sqlite3_vfs_register(&fault->vfs, 1);
}

void sqlite_fault_remove(struct sqlite_fault *fault)
{
	sqlite3_vfs_unregister(&fault->vfs);
	sqlite3_vfs_register(fault->real, 1);
}
