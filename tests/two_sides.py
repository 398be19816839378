"""A file of pairs as the two files that an annotator would have made."""

TARGET_KEYS = ('keypoints_target', 'num_keypoints_target', 'target_name')


def one_side(pairs: dict, side: str) -> dict:
    """Return a COCO file of the points of one side, ``source`` or ``target``."""

    def chosen(entry):
        kept = {k: v for k, v in entry.items() if k not in TARGET_KEYS}
        if side == 'target':
            moved = {k.removesuffix('_target'): entry[k] for k in TARGET_KEYS[:2] if k in entry}
            name = {'name': entry['target_name'], 'skeleton': []} if 'target_name' in entry else {}
            kept |= moved | name
        return kept

    lists = {key: [chosen(entry) for entry in pairs[key]] for key in ('annotations', 'categories')}
    return {**pairs, **lists}
