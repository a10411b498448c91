"""The words that people ask for pictures with, in English and Simplified Chinese, and what they mean to a model.

Three tables. `THINGS` are nouns that a colour or another property can belong to. `TERMS` say something by themselves:
"bald", "sunglasses". `PROPERTIES` say something of the thing beside them: "red" of hair is another value than of a
shirt. All meanings are an attribute and those of its values that the word allows; a model that lacks the attribute, or
all of these values, does not know the word.
"""

from collections.abc import Mapping, Sequence

Meaning = Mapping[str, Sequence[str]]  # attribute -> the values that are meant, any of them

_LONG = "BIG_HAIR BOB CURLY LONG_NOT_TOO_LONG MIA_WALLACE STRAIGHT_1 DREADLOCKS LOOSE_HAIR".split()
_SHORT = "CAESAR CAESAR_SIDE_PART SHORT_CURLY SHORT_DREADS_1 SHORT_FLAT SHORT_ROUND SHORT_WAVED BUZZCUT PIXIE".split()
_CURLY = "CURLY FRO SHORT_CURLY".split()
_WAVY = "LOOSE_HAIR BIG_HAIR SHORT_WAVED".split()
_STRAIGHT = "STRAIGHT_1 BOB MIA_WALLACE LONG_NOT_TOO_LONG".split()
_DREADS = "DREADLOCKS SHORT_DREADS_1".split()
_HATS = "HIJAB TURBAN WINTER_HAT_3".split()
_GLASSES = "PRESCRIPTION_2 ROUND WAYFARERS SUNGLASSES".split()
_CLEAR = "PRESCRIPTION_2 ROUND".split()
_DARK = "WAYFARERS SUNGLASSES".split()
_BEARD = "BEARD_LIGHT BEARD_MEDIUM BEARD_MAGESTIC".split()
_SMILE = "SMILE BIG_SMILE TWINKLE".split()
_SHIRT = "SHIRT_CREW_NECK SHIRT_SCOOP_NECK SHIRT_V_NECK".split()

# What the words of a line belong to -> the words. A thing that is only named, "a beard", means what `TERMS` says.
THINGS: dict[str, str] = {
    "hair": "hair, haired, hairstyle, haircut, hairdo, afro, bun, bob, mullet, pixie cut, quiff, pompadour, buzz cut, "
    "dreadlocks, dreads, curls, fringe, 头发, 发型, 发, 长发, 短发, 卷发, 直发, 爆炸头, 丸子头, 波波头, 脏辫, 刘海",
    "beard": "beard, bearded, facial hair, stubble, 胡子, 胡须, 大胡子, 络腮胡",
    "moustache": "moustache, mustache, 小胡子, 八字胡, 髭",
    "glasses": "glasses, spectacles, eyeglasses, specs, sunglasses, shades, 眼镜, 墨镜, 太阳镜, 太阳眼镜",
    "skin": "skin, skinned, complexion, 皮肤, 肤色, 肤",
    "eyes": "eye, eyes, eyed, 眼睛, 眼",
    "eyebrows": "eyebrow, brow, 眉毛, 眉",
    "mouth": "mouth, lips, 嘴巴, 嘴",
    "nose": "nose, nosed, 鼻子, 鼻",
    "clothes": "clothes, clothing, outfit, shirt, t-shirt, tee, top, 衣服, 衬衫, t恤, 上衣, 衣",
    "blazer": "blazer, suit, jacket, 西装, 西服, 外套, 夹克",
    "sweater": "sweater, jumper, pullover, 毛衣",
    "hoodie": "hoodie, hooded sweatshirt, 连帽衫, 卫衣, 帽衫",
    "overall": "overall, dungarees, 背带裤",
    "hat": "hat, headgear, 帽子",
    "winter-hat": "winter hat, woolly hat, knit hat, beanie, cap, 毛线帽, 冬帽, 针织帽",
    "hijab": "hijab, headscarf, head scarf, veil, 头巾, 希贾布",
    "turban": "turban, 包头巾, 缠头巾",
    "person": "man, boy, guy, male, gentleman, woman, girl, lady, female, person, human, child, kid, 人, "
    "男人, 男孩, 男子, 男士, "
    "男生, 男, 先生, 女人, 女孩, 女子, 女士, 女生, 姑娘, 女, 孩子",
    "background": "background, backdrop, 背景",
}

# What a thing means when nothing else is said of it.
MEANT: dict[str, Meaning] = {
    "beard": {"beard": _BEARD},
    "moustache": {"beard": ["MOUSTACHE_FANCY"]},
    "glasses": {"glasses": _GLASSES},
    "blazer": {"clothes": ["BLAZER_SHIRT"]},
    "sweater": {"clothes": ["COLLAR_SWEATER"], "class": ["Pullover"]},
    "hoodie": {"clothes": ["HOODIE"]},
    "overall": {"clothes": ["OVERALL"]},
    "hat": {"hair": _HATS},
    "winter-hat": {"hair": ["WINTER_HAT_3"]},
    "hijab": {"hair": ["HIJAB"]},
    "turban": {"hair": ["TURBAN"]},
}

# What it means that there is none, where that is not simply another value.
ABSENT: dict[str, Meaning] = {"hair": {"hair": ["SIDES"]}}

TERMS: list[tuple[str, Meaning]] = [
    ("bald, bald-headed, balding, hairless, 秃头, 光头, 秃顶", {"hair": ["SIDES"]}),
    ("afro, 爆炸头, 蓬蓬头", {"hair": ["FRO"]}),
    ("bun, 丸子头, 发髻", {"hair": ["BUN"]}),
    ("bob, bobbed, 波波头, 齐短发", {"hair": ["BOB", "MIA_WALLACE"]}),
    ("fringe, bangs, 刘海", {"hair": ["MIA_WALLACE"]}),
    ("mullet, 鲻鱼头", {"hair": ["SHAGGY_MULLET"]}),
    ("pixie cut, pixie, 精灵短发", {"hair": ["PIXIE"]}),
    ("quiff, 飞机头", {"hair": ["QUIFF"]}),
    ("pompadour, top knot, 庞帕多", {"hair": ["POMPADOUR"]}),
    ("buzz cut, buzzcut, crew cut, 寸头, 平头", {"hair": ["BUZZCUT"]}),
    ("dreadlocks, dreads, 脏辫", {"hair": _DREADS}),
    ("curls, 卷发", {"hair": _CURLY}),
    ("长发", {"hair": _LONG}),
    ("短发", {"hair": _SHORT}),
    ("直发", {"hair": _STRAIGHT}),
    ("blond, blonde, fair-haired, 金发", {"hair_color": ["BLONDE", "BLONDE_GOLDEN"]}),
    ("brunette, 棕发", {"hair_color": ["BROWN", "BROWN_DARK"]}),
    ("redhead, redheaded, ginger, 红发", {"hair_color": ["RED", "AUBURN"]}),
    ("黑发", {"hair_color": ["BLACK"]}),
    ("白发, 银发, 灰发, 白头发", {"hair_color": ["SILVER_GRAY", "PLATINUM"]}),
    ("粉发", {"hair_color": ["PASTEL_PINK"]}),
    ("old, elderly, aged, senior, grandfather, grandmother, grandpa, grandma, 年迈, 老, 老人, 年老, 爷爷, 奶奶",
     {"hair_color": ["SILVER_GRAY", "PLATINUM"]}),
    ("woman, girl, lady, female, 女人, 女孩, 女子, 女士, 姑娘, 女生, 女", {"beard": ["NONE"]}),
    ("clean-shaven, clean shaven, beardless, shaven, 无须, 没胡子", {"beard": ["NONE"]}),
    ("stubble, 胡茬", {"beard": ["BEARD_LIGHT"]}),
    ("sunglasses, shades, dark glasses, 墨镜, 太阳镜, 太阳眼镜", {"glasses": _DARK}),
    ("wayfarers", {"glasses": ["WAYFARERS"]}),
    ("reading glasses, 老花镜", {"glasses": _CLEAR}),
    ("smiling, smile, smiles, 微笑, 笑", {"mouth": _SMILE}),
    ("laughing, grinning, big smile, broad smile, laugh, grin, 大笑, 咧嘴笑", {"mouth": ["BIG_SMILE"]}),
    ("happy, cheerful, joyful, 开心, 高兴, 快乐", {"mouth": _SMILE, "eyes": ["HAPPY", "DEFAULT"]}),
    ("sad, unhappy, crying, gloomy, 悲伤, 难过, 伤心", {"mouth": ["SAD"], "eyebrows": ["SAD_CONCERNED"]}),
    ("serious, stern, neutral, 严肃, 认真", {"mouth": ["SERIOUS"]}),
    ("grimacing, grimace, teeth, 龇牙, 露齿", {"mouth": ["GRIMACE"]}),
    ("angry, cross, furious, grumpy, 生气, 愤怒", {"eyebrows": ["ANGRY"], "mouth": ["SERIOUS", "SAD", "GRIMACE"]}),
    ("worried, concerned, 担心, 忧虑", {"eyebrows": ["SAD_CONCERNED"]}),
    ("surprised, astonished, shocked, amazed, 惊讶, 吃惊", {"eyes": ["SURPRISED"], "eyebrows": ["RAISED_EXCITED"]}),
    ("winking, wink, winks, 眨眼, 眨眼睛", {"eyes": ["WINK"]}),
    ("sleeping, asleep, sleepy, eyes closed, closed eyes, 闭眼, 闭着眼, 睡着", {"eyes": ["CLOSED"]}),
    ("looking aside, looking sideways, side glance, 斜视, 看旁边", {"eyes": ["SIDE"]}),
    ("v-neck, v neck, v领", {"clothes": ["SHIRT_V_NECK"]}),
    ("crew neck, 圆领", {"clothes": ["SHIRT_CREW_NECK"]}),
    ("scoop neck, 大圆领", {"clothes": ["SHIRT_SCOOP_NECK"]}),
    ("t-shirt, tee, t恤, 短袖", {"clothes": _SHIRT, "class": ["T-shirt/top"]}),
    ("shirt, 衬衫", {"clothes": _SHIRT, "class": ["Shirt"]}),
    ("top, 上衣", {"class": ["T-shirt/top"]}),
    ("trousers, pants, jeans, 裤子, 长裤", {"class": ["Trouser"]}),
    ("pullover, sweater, jumper, 毛衣, 套衫", {"class": ["Pullover"], "clothes": ["COLLAR_SWEATER"]}),
    ("dress, gown, 连衣裙, 裙子", {"class": ["Dress"]}),
    ("coat, overcoat, jacket, 大衣, 外套", {"class": ["Coat"], "clothes": ["BLAZER_SHIRT"]}),
    ("sandal, sandals, high heels, 凉鞋, 高跟鞋", {"class": ["Sandal"]}),
    ("sneaker, trainer, running shoe, shoe, 运动鞋, 球鞋, 鞋", {"class": ["Sneaker"]}),
    ("bag, handbag, purse, 包, 手提包", {"class": ["Bag"]}),
    ("boot, ankle boot, 靴子, 短靴", {"class": ["Ankle boot"]}),
]  # fmt: skip

# Of which things -> words -> what they mean of these.
PROPERTIES: list[tuple[str, str, Meaning]] = [
    ("hair", "long, 长", {"hair": _LONG}),
    ("hair", "short, 短", {"hair": _SHORT}),
    ("hair", "curly, frizzy, 卷", {"hair": _CURLY}),
    ("hair", "wavy, loose, 波浪", {"hair": _WAVY}),
    ("hair", "straight, 直", {"hair": _STRAIGHT}),
    ("hair", "big, 浓密, 蓬松", {"hair": ["BIG_HAIR", "FRO", "CURLY"]}),
    ("hair", "shaggy, messy, 凌乱, 蓬乱", {"hair": ["SHAGGY", "SHAGGY_MULLET"]}),
    ("hair beard moustache", "red, ginger, 红色, 红", {"hair_color": ["RED"]}),
    ("hair beard moustache", "auburn, 赤褐色", {"hair_color": ["AUBURN"]}),
    ("hair beard moustache", "black, dark, 黑色, 黑", {"hair_color": ["BLACK"]}),
    ("hair beard moustache", "blond, blonde, fair, yellow, 金色, 金, 黄色, 黄",
     {"hair_color": ["BLONDE", "BLONDE_GOLDEN"]}),
    ("hair beard moustache", "golden, 金黄色", {"hair_color": ["BLONDE_GOLDEN"]}),
    ("hair beard moustache", "brown, 棕色, 褐色, 棕", {"hair_color": ["BROWN", "BROWN_DARK"]}),
    ("hair beard moustache", "dark brown, 深棕色", {"hair_color": ["BROWN_DARK"]}),
    ("hair beard moustache", "pink, 粉色, 粉红色, 粉", {"hair_color": ["PASTEL_PINK"]}),
    ("hair beard moustache", "platinum, 铂金色", {"hair_color": ["PLATINUM"]}),
    ("hair beard moustache", "white, 白色, 白", {"hair_color": ["SILVER_GRAY", "PLATINUM"]}),
    ("hair beard moustache", "grey, gray, silver, 灰色, 银色, 灰, 银", {"hair_color": ["SILVER_GRAY"]}),
    ("beard", "long, big, full, bushy, majestic, 长, 浓密, 大", {"beard": ["BEARD_MAGESTIC"]}),
    ("beard", "short, light, small, thin, 短, 稀疏", {"beard": ["BEARD_LIGHT"]}),
    ("glasses", "round, 圆框, 圆形, 圆", {"glasses": ["ROUND"]}),
    ("glasses", "square, thick, rectangular, 方框, 方形, 方", {"glasses": ["PRESCRIPTION_2"]}),
    ("glasses", "dark, black, 黑色, 黑", {"glasses": _DARK}),
    ("skin person", "pale, white, very light, 苍白, 白皙, 白色, 白", {"skin": ["PALE"]}),
    ("skin person", "light, fair, 浅色, 浅", {"skin": ["PALE", "LIGHT"]}),
    ("skin person", "brown, tan, tanned, 棕色, 褐色, 古铜色", {"skin": ["BROWN", "DARK_BROWN"]}),
    ("skin person", "dark, 深色, 深", {"skin": ["DARK_BROWN", "BLACK"]}),
    ("skin person", "black, 黑色, 黑", {"skin": ["BLACK"]}),
    ("eyes", "wide, big, open, round, 大", {"eyes": ["SURPRISED"]}),
    ("eyes", "closed, shut, 闭", {"eyes": ["CLOSED"]}),
    ("eyebrows", "raised, 扬起", {"eyebrows": ["RAISED_EXCITED"]}),
    ("mouth", "open, 张开", {"mouth": ["DEFAULT", "SMILE", "BIG_SMILE"]}),
    ("mouth", "closed, shut, 闭", {"mouth": ["TWINKLE", "SERIOUS", "SAD"]}),
    ("nose", "small, little, 小", {"nose": ["SMALL"]}),
    ("nose", "wide, big, broad, 大, 宽", {"nose": ["WIDE"]}),
]  # fmt: skip

# Hats take the colour of the clothes: the drawing has one colour for both.
_DRESSED = "clothes sweater hoodie overall hat winter-hat hijab turban"
PROPERTIES += [
    (_DRESSED, words, {"clothes_color": values})
    for words, values in (
        ("black, 黑色, 黑", ["BLACK"]),
        ("blue, 蓝色, 蓝", ["BLUE_01", "BLUE_03"]),
        ("light blue, sky blue, 浅蓝色, 天蓝色", ["BLUE_01", "PASTEL_BLUE"]),
        ("dark blue, navy, navy blue, 深蓝色, 藏青色", ["BLUE_03"]),
        ("grey, gray, 灰色, 灰", ["GRAY_01"]),
        ("green, 绿色, 绿", ["PASTEL_GREEN"]),
        ("orange, 橙色, 橙", ["PASTEL_ORANGE"]),
        ("pink, 粉色, 粉红色, 粉", ["PINK"]),
        ("red, 红色, 红", ["RED"]),
        ("white, 白色, 白", ["WHITE"]),
        ("dark, 深色", ["BLACK", "BLUE_03"]),
    )
]
PROPERTIES += [
    ("background", words, {"background": [value]})
    for words, value in (
        ("blue, 蓝色, 蓝", "#dbe7f3"),
        ("green, 绿色, 绿", "#e3f1e1"),
        ("orange, yellow, 橙色, 黄色", "#f9ead7"),
        ("pink, red, 粉色, 粉红色, 粉, 红色", "#f3e1ea"),
        ("purple, violet, 紫色, 紫", "#e7e3f4"),
        ("white, grey, gray, beige, cream, 白色, 灰色, 米色", "#f2f0e6"),
    )
]

NO = "no, not, without, isn't, doesn't, never, 没有, 没, 不戴, 不, 无, 未"
HALF = "half, between, mixed, mix of, blend of, 一半, 半"
OR = "or, 或, 或者, 还是"
# Understood, and nothing to be drawn differently.
SILENT = (
    "a, an, the, with, and, of, in, on, has, have, having, wearing, wears, wear, who, that, is, are, was, "
    "his, her, its, "
    "their, very, some, style, colour, colored, coloured, color, people, face, portrait, picture, image, "
    "drawing, avatar, cartoon, character, young, to, at, he, she, "
    "please, draw, me, show, any, by, for, into, one, pair, 一个, 一位, 一名, 一张, 一件, 一条, 一双, "
    "一只, 一, 个, 位, 的, 戴着, 戴, "
    "穿着, 穿, 有, 着, 和, 与, 以及, 年轻, 年轻人, 脸, 肖像, 头像, 是, 在, 留着, 留, 了, "
    "画, 请, 很, 颜色, 面带, 带, 色, 他, 她, 件, 条, 双, 只, 张"
)
