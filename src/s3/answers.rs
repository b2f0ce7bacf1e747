//! What a store answers in XML.

use roxmltree::{Document, Node};

/// A page of a list of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects {
    pub(super) objects: Vec<(String, u64)>,
}

/// A page of a list of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) versions: Vec<Version>,
    /// Where the next page begins, key and version.
    pub(super) next: Option<(String, String)>,
}

/// A version of an object, or the mark that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) key: String,
    pub(super) id: String,
    /// It is what is read.
    pub(super) is_latest: bool,
    /// It says that the object was deleted.
    pub(super) is_mark: bool,
}

fn child<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let found = node.children().find(|child| child.tag_name().name() == name)?;
    Some(found.text().unwrap_or_default())
}

impl Objects {
    pub(super) fn parse(text: &str) -> Option<Objects> {
        let document = Document::parse(text).ok()?;
        let contents = document.root_element().children().filter(|node| node.tag_name().name() == "Contents");
        let objects = contents.map(|node| Some((child(node, "Key")?.to_owned(), child(node, "Size")?.parse().ok()?)));
        Some(Objects { objects: objects.collect::<Option<Vec<(String, u64)>>>()? })
    }
}

impl Versions {
    pub(super) fn parse(text: &str) -> Option<Versions> {
        let document = Document::parse(text).ok()?;
        let root = document.root_element();
        let mut versions = Vec::new();
        for node in root.children() {
            let is_mark = match node.tag_name().name() {
                "Version" => false,
                "DeleteMarker" => true,
                _ => continue,
            };
            let (key, id) = (child(node, "Key")?.to_owned(), child(node, "VersionId")?.to_owned());
            versions.push(Version { key, id, is_latest: child(node, "IsLatest")? == "true", is_mark });
        }
        let is_cut = child(root, "IsTruncated").is_some_and(|text| text == "true");
        let next = match is_cut {
            // One that says that there is more and not where would be asked the same for ever.
            true => Some((child(root, "NextKeyMarker")?.to_owned(), child(root, "NextVersionIdMarker")?.to_owned())),
            false => None,
        };
        Some(Versions { versions, next })
    }
}

/// The code of an error; nothing where it has none.
pub(super) fn error_code(text: &str) -> String {
    let code =
        Document::parse(text).ok().and_then(|document| child(document.root_element(), "Code").map(str::to_owned));
    code.unwrap_or_default()
}

/// What a bucket keeps of what was put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Versioning {
    /// It keeps versions, or once kept some.
    pub(super) keeps_some: bool,
    /// Whatever is put now is a version of its own.
    pub(super) is_on: bool,
}

impl Versioning {
    pub(super) fn parse(text: &str) -> Option<Versioning> {
        let document = Document::parse(text).ok()?;
        let status = child(document.root_element(), "Status").unwrap_or_default().trim();
        Some(Versioning { keeps_some: !status.is_empty(), is_on: status == "Enabled" })
    }
}

/// Whether what is put gets a lock by itself.
pub(super) fn has_default_retention(text: &str) -> Option<bool> {
    let document = Document::parse(text).ok()?;
    Some(document.descendants().any(|node| node.tag_name().name() == "DefaultRetention"))
}

/// Whether objects of the bucket can be locked.
pub(super) fn has_object_lock(text: &str) -> Option<bool> {
    let document = Document::parse(text).ok()?;
    Some(child(document.root_element(), "ObjectLockEnabled").is_some_and(|word| word.trim() == "Enabled"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_whole_or_not_at_all() {
        let list = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
            <Contents><Key>a&amp;b</Key><Size>7</Size><Owner><ID>1</ID></Owner></Contents>\
            <Contents><Size>0</Size><Key>c</Key></Contents></ListBucketResult>";
        assert_eq!(Objects::parse(list).unwrap().objects, [("a&b".to_owned(), 7), ("c".to_owned(), 0)]);
        assert_eq!(Objects::parse(&list.replace("<Size>7</Size>", "")), None);
        assert_eq!(Objects::parse(&list[..list.len() - 4]), None);

        let list = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
            <NextVersionIdMarker>v1</NextVersionIdMarker>\
            <Version><Key>k</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest></Version>\
            <DeleteMarker><Key>k</Key><VersionId>null</VersionId><IsLatest>true</IsLatest></DeleteMarker></ListVersionsResult>";
        let read = Versions::parse(list).unwrap();
        let found: Vec<_> = read.versions.iter().map(|of| (of.id.as_str(), of.is_latest, of.is_mark)).collect();
        assert_eq!(found, [("v2", false, false), ("null", true, true)]);
        assert_eq!(read.next, Some(("k".to_owned(), "v1".to_owned())));
        assert_eq!(Versions::parse(&list.replace("NextKeyMarker", "Other")), None, "it would be asked for ever");
        assert_eq!(
            Versions::parse("<!DOCTYPE a [<!ENTITY b \"c\">]><ListVersionsResult>&b;</ListVersionsResult>"),
            None
        );
    }

    #[test]
    fn a_bucket_says_whether_it_keeps_what_was_before() {
        let of = |status: &str| {
            let read = Versioning::parse(&format!("<VersioningConfiguration>{status}</VersioningConfiguration>"));
            read.map(|read| (read.keeps_some, read.is_on))
        };
        assert_eq!(of(""), Some((false, false)));
        assert_eq!(of("<Status>Enabled</Status>"), Some((true, true)));
        assert_eq!(of("<Status>Suspended</Status>"), Some((true, false)), "what is put now replaces what was put so");
        let of =
            |rule: &str| has_default_retention(&format!("<ObjectLockConfiguration>{rule}</ObjectLockConfiguration>"));
        assert_eq!(of("<ObjectLockEnabled>Enabled</ObjectLockEnabled>"), Some(false));
        assert_eq!(of("<Rule><DefaultRetention><Days>1</Days></DefaultRetention></Rule>"), Some(true));
        let of = |word: &str| has_object_lock(&format!("<ObjectLockConfiguration>{word}</ObjectLockConfiguration>"));
        assert_eq!(of("<ObjectLockEnabled>Enabled</ObjectLockEnabled>"), Some(true));
        assert_eq!((of("<ObjectLockEnabled>Disabled</ObjectLockEnabled>"), of("")), (Some(false), Some(false)));
        assert_eq!(error_code("<Error><Code>NoSuchBucket</Code></Error>"), "NoSuchBucket");
        assert_eq!(error_code("<html>"), "");
    }
}
