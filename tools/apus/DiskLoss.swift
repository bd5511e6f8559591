// SPDX-License-Identifier: MIT
import Guest

/// Disks that shrink or are taken away while a guest uses them: its requests end with an error, all else
/// goes on, and a driver that is started again finds what is there.
enum DiskLoss {
  static let shrunk = "disk.pci-00-06.0-virtio"
  private static let shrunkBytes = 4 << 20

  static func arguments(_ file: String) -> [String] {
    [
      "-drive", "if=none,id=shrinking,format=raw,file=\(file)",
      "-device", "virtio-blk-pci,addr=6,drive=shrinking",
    ]
  }

  /// What is done to the machine when the guest says so.
  static let cues =
    [ExecRunner.Cue("shrink", Monitor.resize("shrinking", byteCount: shrunkBytes))]
    + ["shared", "faulty1", "faulty2"].map {
      ExecRunner.Cue("take \($0)", Monitor.takeAway($0))
    }

  private static func read(_ scheme: String, block: Int) -> String {
    "dd if=/scheme/\(scheme)/0 of=/dev/null bs=4096 skip=\(block) count=1 ^> /dev/null"
  }

  /// Says something and waits until a block cannot be read any more.
  private static func cue(_ word: String, _ scheme: String, block: Int) -> String {
    "echo \(word); while \(read(scheme, block: block)); sleep 0.02; end"
  }

  static let script =
    [
      cue("shrink", shrunk, block: 2000),
      "\(read(shrunk, block: 10)); echo inside $?",
      "pgrep virtio-blkd | xargs -n 1 kill -9",
      "\(read(shrunk, block: 10)); echo inside $?",
      "lsblk -b | grep -c '06.0-virtio/0 *\(shrunkBytes)'",
      // A mounted one: what was synchronised before stays readable or fails, and nothing hangs.
      "mount /scheme/\(DiskSharing.scheme)/0 one; echo kept > /scheme/one/note; sync /scheme/one/note",
      cue("take shared", DiskSharing.scheme, block: 1),
      "echo lost > /scheme/one/other; sync /scheme/one/other ^> /dev/null; echo sync $?",
      "while test $(service log 'redoxfs@one' | grep 'refuses writes' | wc -l) = 0; sleep 0.02; end",
      "echo said",
      "pgrep virtio-blkd | xargs -n 1 kill -9",
      // Without its medium the device has no blocks.
      "lsblk -b | grep -c '05.0-virtio/0 *0 '",
      "\(read(shrunk, block: 10)); echo other $?",
      "umount -f one; echo unmounted $?",
    ]
    + ["faulty1", "faulty2"].enumerated().flatMap { index, name in
      let scheme = FaultyDisks.devices[index + 1].scheme
      let driver = index == 0 ? "nvmed" : "ahcid"
      return [
        cue("take \(name)", scheme, block: 1), "pgrep \(driver) | xargs -n 1 kill -9",
        "\(read(scheme, block: 1)); echo gone $?",
        "\(read(shrunk, block: 10)); echo other $?",
      ]
    }

  static let expected =
    ["shrink", "inside 0", "inside 0", "1", "take shared", "sync 1", "said", "1", "other 0"]
    + ["unmounted 0"]
    + ["take faulty1", "gone 1", "other 0", "take faulty2", "gone 1", "other 0"]
}
