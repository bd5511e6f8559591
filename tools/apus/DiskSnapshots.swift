// SPDX-License-Identifier: MIT

/// What a guest is told to do with the snapshots of a volume in an image file: their files can be read
/// and not changed, and go on being what they were when those of the volume change, and redoxfs dies.
enum DiskSnapshots {
  static let script = [
    "redoxfs-mkfs -s 8 /tmp/kept; mount /tmp/kept kept; cd /scheme/kept",
    "mkdir d; echo old > d/f; snapshot create /scheme/kept first; echo created $?",
    "echo new > d/f; cat d/f .snapshots/first/d/f; pgrep redoxfs | xargs -n 1 kill -9",
    "cat .snapshots/first/d/f; echo more >> d/f; cat d/f",
    refused("rm .snapshots/first/d/f"), refused("rm -f .snapshots/first/d/f"),
    refused("mv .snapshots/first/d/f g"), refused("mv d/f .snapshots/first/g"),
    refused("ln d/f .snapshots/first/g"), refused("rmdir .snapshots/first"),
    refused("touch .snapshots/first/g"),
    "rm .snapshots/first/none ^> /tmp/why; grep -c 'no such file' /tmp/why",
    "snapshot list /scheme/kept | grep -c first",
    "snapshot delete /scheme/kept first; ls .snapshots; echo deleted $?; cat d/f",
    "service list | grep -c redoxfs'@kept'; cd /; umount kept; echo apart $?",
    "service list | grep -c redoxfs'@kept'",
  ]
  static let expected =
    ["created 0", "new", "old", "old", "new", "more"] + [String](repeating: "1", count: 9)
    + ["deleted 0", "new", "more", "1", "apart 0", "0"]

  private static func refused(_ line: String) -> String {
    "\(line) ^> /tmp/why; grep -c 'read-only file system' /tmp/why"
  }
}
