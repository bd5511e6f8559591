// SPDX-License-Identifier: MIT
import Storage
import System
import VolumeService

extension RingClient: DiskLane
where Submission == DiskSubmission, Completion == DiskCompletion {}
