// SPDX-License-Identifier: MIT

/// What a guest is told to do with one volume, on a disk and in an image file: whoever would write it
/// beside another is refused, whatever is killed meanwhile.
enum DiskSharing {
  static let scheme = "disk.pci-00-05.0-virtio"

  static func arguments(_ file: String) -> [String] {
    [
      "-drive", "if=none,id=shared,format=raw,file=\(file)",
      "-device", "virtio-blk-pci,addr=5,drive=shared",
    ]
  }

  static let script =
    lines(of: "/scheme/\(scheme)/0", isDisk: true, server: "virtio-blkd")
    + lines(of: "/tmp/image", isDisk: false, server: "tmpfs")
  static let expected = said(isDisk: true) + said(isDisk: false)

  private static func lines(of disk: String, isDisk: Bool, server: String) -> [String] {
    let refused = "^> /tmp/why; echo $?; grep -c 'in use: it is mounted' /tmp/why"
    let making = "redoxfs-mkfs -f \(disk) \(refused)"
    return [
      "redoxfs-mkfs \(isDisk ? "" : "-s 8") \(disk); mount \(disk) one; echo mounted $?",
      "mount \(disk) two \(refused)",
      "mount -r \(disk) two \(refused)",
      making,
      isDisk ? "dd if=/dev/zero of=\(disk) bs=4096 count=1 ^> /dev/null; echo dd $?" : "",
      "dd if=\(disk) of=/dev/null bs=4096 count=1 ^> /dev/null; echo dd $?",
      "echo kept > /scheme/one/note",
      "pgrep redoxfs | xargs -n 1 kill -9",
      making,
      "cat /scheme/one/note",
      "pgrep \(server) | xargs -n 1 kill -9",
      making,
      "echo more >> /scheme/one/note; umount one; echo unmounted $?",
      "mount -r \(disk) one; mount -r \(disk) two; echo read-only $?",
      making,
      "cat /scheme/two/note",
      "umount one two; redoxfs-mkfs -f \(disk); echo made $?",
    ].filter { !$0.isEmpty }
  }

  private static func said(isDisk: Bool) -> [String] {
    ["mounted 0", "1", "1", "1", "1", "1", "1"] + (isDisk ? ["dd 1"] : [])
      + [
        "dd 0", "1", "1", "kept", "1", "1", "unmounted 0", "read-only 0", "1", "1", "kept", "more",
        "made 0",
      ]
  }
}
