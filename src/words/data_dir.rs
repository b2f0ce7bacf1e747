//! Why a data directory can't be used, and what to do.

use super::{Language, sentence::sentences};
use crate::data_dir::DataDirError;

/// The reason in a sentence.
pub fn data_dir_error(error: &DataDirError, language: Language) -> String {
    let reason = match error {
        DataDirError::Missing(_) => Unusable::Missing,
        DataDirError::NotADirectory(_) => Unusable::NotADirectory,
        DataDirError::Foreign(_) => Unusable::Foreign,
        DataDirError::Locked { pid } => {
            Unusable::Locked { pid: pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string()) }
        }
        DataDirError::WrongVersion { found } => Unusable::WrongVersion { found: found.clone() },
        DataDirError::TakenDown(_) => Unusable::TakenDown,
        DataDirError::Damaged(path) => Unusable::Damaged { file: path.display().to_string() },
        DataDirError::NoRight(path) => Unusable::NoRight { file: path.display().to_string() },
        DataDirError::Io { path, error } => Unusable::Io { file: path.display().to_string(), why: error.to_string() },
    };
    reason.say(language)
}

sentences! {
    /// Why a data directory can't be used.
    pub enum Unusable {
        Missing
            zh "目录不存在；请检查路径"
            en "it does not exist; check the path"
        NotADirectory
            zh "它不是目录；请换一个路径"
            en "it is no directory; choose another path"
        Foreign
            zh "里面有别的文件，不像是本机的数据目录；请指定空目录"
            en "it holds something else; name an empty directory"
        Locked { pid: String }
            zh "进程 {pid} 正在使用它；请先停止该进程"
            en "process {pid} is using it; stop that process first"
        WrongVersion { found: String }
            zh "它的版本是 {found}，本程序不认识；请用写入它的版本"
            en "its version is {found}, which this program does not know; use the one that wrote it"
        TakenDown
            zh "本机正被恢复到出厂状态，中途被打断；请再次运行 ringfence reset 完成"
            en "the box is being set back to how it was delivered, and that was cut short; run `ringfence reset` again to finish it"
        Damaged { file: String }
            zh "{file} 已损坏；猜测会重复发号，请从备份恢复该文件"
            en "{file} is damaged; guessing would issue ids twice, so restore the file from a backup"
        NoRight { file: String }
            zh "无权写 {file}；请检查属主与权限"
            en "there is no right to write {file}; check its owner and mode"
        Io { file: String, why: String }
            zh "{file}：{why}"
            en "{file}: {why}"
    }
}
