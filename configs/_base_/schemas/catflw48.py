# CatFLW: 48 points on cat faces. The release numbers its points without naming them, so a name says
# a position only where independent readings of the release agree. Right is the right of the cat,
# which is image-left in a frontal picture.
dataset_info = dict(
    dataset_name='catflw48',
    description=(
        '48 points on cat faces, the landmarks of Finka et al. (2019). The release numbers them '
        'without names. The pairs are those of a flip that others checked on all 2,079 '
        'pictures. Names of the eyes and ears, and the order of the eye_area points from upper '
        'to lower, are what independent readings of the release agree on. Names with a number '
        'are neutral: they say the part of the face and no more. Image-left in a frontal '
        'picture is the right of the cat: readings agree on it for eyes and ears, a published '
        'count over all pictures supports it for muzzle and chin, and for the nose points it '
        'rests on one reading. None of this was checked on the pictures by this project. Both '
        'eyes, both ears, eye_areas, nose, muzzle and mouth together hold every point once.'
    ),
    keypoint_info={
        0: dict(name='lower_midline_0', id=0, color=[128, 128, 128], type='', swap=''),
        1: dict(name='left_eye_area_side', id=1, color=[0, 114, 178], type='', swap='right_eye_area_side'),
        2: dict(name='lower_midline_1', id=2, color=[128, 128, 128], type='', swap=''),
        3: dict(name='right_eye_area_side', id=3, color=[230, 159, 0], type='', swap='left_eye_area_side'),
        4: dict(name='right_eye_outer', id=4, color=[230, 159, 0], type='', swap='left_eye_outer'),
        5: dict(name='right_eye_inner', id=5, color=[230, 159, 0], type='', swap='left_eye_inner'),
        6: dict(name='right_eye_upper', id=6, color=[230, 159, 0], type='', swap='left_eye_upper'),
        7: dict(name='right_eye_lower', id=7, color=[230, 159, 0], type='', swap='left_eye_lower'),
        8: dict(name='left_eye_outer', id=8, color=[0, 114, 178], type='', swap='right_eye_outer'),
        9: dict(name='left_eye_inner', id=9, color=[0, 114, 178], type='', swap='right_eye_inner'),
        10: dict(name='left_eye_upper', id=10, color=[0, 114, 178], type='', swap='right_eye_upper'),
        11: dict(name='left_eye_lower', id=11, color=[0, 114, 178], type='', swap='right_eye_lower'),
        12: dict(name='right_nose_0', id=12, color=[230, 159, 0], type='', swap='left_nose_0'),
        13: dict(name='left_nose_0', id=13, color=[0, 114, 178], type='', swap='right_nose_0'),
        14: dict(name='right_nose_1', id=14, color=[230, 159, 0], type='', swap='left_nose_1'),
        15: dict(name='left_nose_1', id=15, color=[0, 114, 178], type='', swap='right_nose_1'),
        16: dict(name='mouth_midline_0', id=16, color=[128, 128, 128], type='', swap=''),
        17: dict(name='mouth_midline_1', id=17, color=[128, 128, 128], type='', swap=''),
        18: dict(name='left_chin_0', id=18, color=[0, 114, 178], type='', swap='right_chin_0'),
        19: dict(name='left_chin_1', id=19, color=[0, 114, 178], type='', swap='right_chin_1'),
        20: dict(name='right_chin_0', id=20, color=[230, 159, 0], type='', swap='left_chin_0'),
        21: dict(name='right_chin_1', id=21, color=[230, 159, 0], type='', swap='left_chin_1'),
        22: dict(name='right_ear_outer_base', id=22, color=[230, 159, 0], type='', swap='left_ear_outer_base'),
        23: dict(name='right_ear_outer', id=23, color=[230, 159, 0], type='', swap='left_ear_outer'),
        24: dict(name='right_ear_tip', id=24, color=[230, 159, 0], type='', swap='left_ear_tip'),
        25: dict(name='right_ear_inner', id=25, color=[230, 159, 0], type='', swap='left_ear_inner'),
        26: dict(name='right_ear_inner_base', id=26, color=[230, 159, 0], type='', swap='left_ear_inner_base'),
        27: dict(name='left_ear_inner_base', id=27, color=[0, 114, 178], type='', swap='right_ear_inner_base'),
        28: dict(name='left_ear_inner', id=28, color=[0, 114, 178], type='', swap='right_ear_inner'),
        29: dict(name='left_ear_tip', id=29, color=[0, 114, 178], type='', swap='right_ear_tip'),
        30: dict(name='left_ear_outer', id=30, color=[0, 114, 178], type='', swap='right_ear_outer'),
        31: dict(name='left_ear_outer_base', id=31, color=[0, 114, 178], type='', swap='right_ear_outer_base'),
        32: dict(name='right_muzzle_0', id=32, color=[230, 159, 0], type='', swap='left_muzzle_0'),
        33: dict(name='right_muzzle_1', id=33, color=[230, 159, 0], type='', swap='left_muzzle_1'),
        34: dict(name='left_muzzle_1', id=34, color=[0, 114, 178], type='', swap='right_muzzle_1'),
        35: dict(name='left_muzzle_0', id=35, color=[0, 114, 178], type='', swap='right_muzzle_0'),
        36: dict(name='right_eye_area_lower', id=36, color=[230, 159, 0], type='', swap='left_eye_area_lower'),
        37: dict(name='right_eye_area_mid', id=37, color=[230, 159, 0], type='', swap='left_eye_area_mid'),
        38: dict(name='right_eye_area_upper', id=38, color=[230, 159, 0], type='', swap='left_eye_area_upper'),
        39: dict(name='left_eye_area_upper', id=39, color=[0, 114, 178], type='', swap='right_eye_area_upper'),
        40: dict(name='left_eye_area_mid', id=40, color=[0, 114, 178], type='', swap='right_eye_area_mid'),
        41: dict(name='left_eye_area_lower', id=41, color=[0, 114, 178], type='', swap='right_eye_area_lower'),
        42: dict(name='right_muzzle_2', id=42, color=[230, 159, 0], type='', swap='left_muzzle_2'),
        43: dict(name='left_muzzle_2', id=43, color=[0, 114, 178], type='', swap='right_muzzle_2'),
        44: dict(name='right_nose_2', id=44, color=[230, 159, 0], type='', swap='left_nose_2'),
        45: dict(name='left_nose_2', id=45, color=[0, 114, 178], type='', swap='right_nose_2'),
        46: dict(name='right_muzzle_3', id=46, color=[230, 159, 0], type='', swap='left_muzzle_3'),
        47: dict(name='left_muzzle_3', id=47, color=[0, 114, 178], type='', swap='right_muzzle_3'),
    },
    skeleton_info={
        0: dict(link=('right_ear_outer_base', 'right_ear_outer'), id=0, color=[230, 159, 0]),
        1: dict(link=('right_ear_outer', 'right_ear_tip'), id=1, color=[230, 159, 0]),
        2: dict(link=('right_ear_tip', 'right_ear_inner'), id=2, color=[230, 159, 0]),
        3: dict(link=('right_ear_inner', 'right_ear_inner_base'), id=3, color=[230, 159, 0]),
        4: dict(link=('left_ear_outer_base', 'left_ear_outer'), id=4, color=[0, 114, 178]),
        5: dict(link=('left_ear_outer', 'left_ear_tip'), id=5, color=[0, 114, 178]),
        6: dict(link=('left_ear_tip', 'left_ear_inner'), id=6, color=[0, 114, 178]),
        7: dict(link=('left_ear_inner', 'left_ear_inner_base'), id=7, color=[0, 114, 178]),
        8: dict(link=('right_eye_inner', 'right_eye_upper'), id=8, color=[230, 159, 0]),
        9: dict(link=('right_eye_upper', 'right_eye_outer'), id=9, color=[230, 159, 0]),
        10: dict(link=('right_eye_outer', 'right_eye_lower'), id=10, color=[230, 159, 0]),
        11: dict(link=('right_eye_lower', 'right_eye_inner'), id=11, color=[230, 159, 0]),
        12: dict(link=('left_eye_inner', 'left_eye_upper'), id=12, color=[0, 114, 178]),
        13: dict(link=('left_eye_upper', 'left_eye_outer'), id=13, color=[0, 114, 178]),
        14: dict(link=('left_eye_outer', 'left_eye_lower'), id=14, color=[0, 114, 178]),
        15: dict(link=('left_eye_lower', 'left_eye_inner'), id=15, color=[0, 114, 178]),
        16: dict(link=('right_eye_area_upper', 'right_eye_area_mid'), id=16, color=[230, 159, 0]),
        17: dict(link=('right_eye_area_mid', 'right_eye_area_lower'), id=17, color=[230, 159, 0]),
        18: dict(link=('left_eye_area_upper', 'left_eye_area_mid'), id=18, color=[0, 114, 178]),
        19: dict(link=('left_eye_area_mid', 'left_eye_area_lower'), id=19, color=[0, 114, 178]),
    },
    joint_weights=[1.0] * 48,
    # No values are published; one value stands for all points.
    sigmas=[0.025] * 48,
    regions=dict(
        right_eye=['right_eye_outer', 'right_eye_inner', 'right_eye_upper', 'right_eye_lower'],
        left_eye=['left_eye_outer', 'left_eye_inner', 'left_eye_upper', 'left_eye_lower'],
        right_ear=[
            'right_ear_outer_base', 'right_ear_outer', 'right_ear_tip', 'right_ear_inner',
            'right_ear_inner_base',
        ],
        left_ear=[
            'left_ear_outer_base', 'left_ear_outer', 'left_ear_tip', 'left_ear_inner',
            'left_ear_inner_base',
        ],
        eye_areas=[
            'right_eye_area_side', 'left_eye_area_side', 'right_eye_area_upper',
            'left_eye_area_upper', 'right_eye_area_mid', 'left_eye_area_mid',
            'right_eye_area_lower', 'left_eye_area_lower',
        ],
        nose=[
            'right_nose_0', 'left_nose_0', 'right_nose_1', 'left_nose_1', 'right_nose_2',
            'left_nose_2',
        ],
        muzzle=[
            'right_muzzle_0', 'left_muzzle_0', 'right_muzzle_1', 'left_muzzle_1', 'right_muzzle_2',
            'left_muzzle_2', 'right_muzzle_3', 'left_muzzle_3',
        ],
        mouth=[
            'mouth_midline_0', 'mouth_midline_1', 'right_chin_0', 'left_chin_0', 'right_chin_1',
            'left_chin_1', 'lower_midline_0', 'lower_midline_1',
        ],
    ),
    normalizers=dict(
        eye_outer=['right_eye_outer', 'left_eye_outer'],
        eye_inner=['right_eye_inner', 'left_eye_inner'],
        ear_base=['right_ear_inner_base', 'left_ear_inner_base'],
    ),
)
