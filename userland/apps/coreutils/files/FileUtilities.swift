// SPDX-License-Identifier: MIT
public import UtilityFrame

/// The utilities on files, in order of their names.
public var fileUtilities: [Utility] {
  // Compiled here and not again in each module that uses it.
  @export(interface)
  get {
    [
      Utility("basename", Basename.self), Utility("cat", Cat.self), Utility("chmod", Chmod.self),
      Utility("chgrp", Chgrp.self), Utility("chown", Chown.self), Utility("cp", Cp.self),
      Utility("dd", Dd.self),
      Utility("df", Df.self), Utility("dirname", Dirname.self), Utility("du", Du.self),
      Utility("fallocate", Fallocate.self), Utility("ln", Ln.self), Utility("ls", Ls.self),
      Utility("lsblk", Lsblk.self),
      Utility("mkdir", Mkdir.self), Utility("mount", Mount.self), Utility("mv", Mv.self),
      Utility("pwd", Pwd.self), Utility("readlink", Readlink.self),
      Utility("realpath", Realpath.self), Utility("rm", Rm.self), Utility("rmdir", Rmdir.self),
      Utility("snapshot", SnapshotUtility.self), Utility("stat", Stat.self),
      Utility("sync", Sync.self), Utility("touch", Touch.self), Utility("truncate", Truncate.self),
      Utility("umount", Umount.self),
      Utility("which", Which.self),
    ]
  }
}
