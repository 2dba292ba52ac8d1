"""Invented Russian names: pools by people and generation, and the grammar that joins a family."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


_SLAVIC_SURNAMES = _words(
    """
    Абрамов Авдеев Агапов Аксёнов Александров Алексеев Андреев Андрианов Анисимов Антонов Артамонов
    Артемьев Архипов Афанасьев Баранов Белов Белоусов Белый Беляев Берёзкин Бирюков Блинов Бобров
    Богданов Бойко Бондаренко Борисов Бочкарёв Брагин Буров Быков Варламов Васильев Веденеев
    Верещагин Виноградов Вишневский Власов Волков Волконский Воробьёв Воронин Воронцов Гаврилов
    Галкин Герасимов Глухов Голубев Голубых Горбунов Горелов Горшков Грачёв Грибоедов Григорьев
    Гришин Громов Губанов Гуляев Гусев Давыдов Данилов Дементьев Демидов Денисов Дмитриев Долгих
    Донской Дорофеев Дроздов Дубровский Дьячков Евдокимов Егоров Ежов Елизаров Елисеев Емельянов
    Еремеев Ермаков Ермолаев Ершов Ефимов Ефремов Ёжиков Ёлкин Жаров Жданов Жуков Журавлёв Завьялов
    Зайцев Захаров Звягинцев Зелинский Зимин Зиновьев Золотарёв Зорин Зуев Зыков Иванов Игнатьев
    Измайлов Ильин Исаев Кабанов Казаков Калашников Калинин Капустин Карасёв Карпенко Карпов
    Касаткин Киреев Киселёв Климов Князев Ковалёв Коваленко Коваль Кожевников Козлов Колесников
    Колосов Комаров Кондратьев Коновалов Константинов Копылов Корнев Корнилов Королёв Коротких
    Косарев Костин Котов Кочетков Кошелев Кравцов Крайнов Красильников Краснов Крутой Крылов Крюков
    Кудрявцев Кузнецов Кузьмин Кулагин Кулаков Кулешов Куликов Куприянов Лаврентьев Лавров Лазарев
    Лапин Ларионов Латышев Лебедев Левицкий Леонов Леонтьев Литвиненко Лихачёв Лобанов Логинов
    Лопатин Лукин Лыков Львов Макаров Макеев Максимов Малинин Малышев Мальцев Мартынов Мартынюк
    Маслов Матвеев Медведев Мельник Мельников Меркулов Мещеряков Миронов Митрофанов Михайлов
    Моисеев Морозов Мохов Муравьёв Назаров Наумов Некрасов Нестеров Нечаев Никитин Никифоров
    Николаев Новиков Новицкий Носков Носов Овчинников Одинцов Озеров Орехов Орлов Осипов Остапенко
    Павленко Павлов Панкратов Панов Пахомов Пестов Петренко Петров Пирогов Платонов Покровский
    Полежаев Поливанов Поляков Пономарёв Попов Потапов Пронин Прохоров Пушкарёв Пчёлкин Раевский
    Родионов Рожков Романов Рощин Рубцов Руднев Рыбаков Рыжов Рябинин Рябов Савельев Савин Сазонов
    Самойлов Самсонов Сафонов Свиридов Седов Седых Селезнёв Семёнов Серебряков Сергеев Серов
    Сидоров Симонов Синицын Ситников Скворцов Смирнов Снегирёв Соболев Соболевский Соколов Соловьёв
    Сорокин Софронов Спиридонов Старостин Степанов Столяров Стрелков Строганов Субботин Суворов
    Сухарев Сухов Сычёв Тарасов Терентьев Тимофеев Тихомиров Тихонов Ткаченко Токарев Толкачёв
    Толстой Трифонов Троицкий Трофимов Туманов Тюрин Уваров Устинов Фёдоров Федосеев Федотов
    Филатов Филимонов Филиппов Фомин Фролов Харитонов Хитрово Хохлов Царёв Цветков Чайковский
    Чеботарёв Черкасов Чернов Черных Чернышёв Чистяков Чумаков Шаповалов Шаров Швецов Шевелёв
    Шевченко Шевчук Шестаков Шилов Широков Шишкин Шмелёв Шорохов Шубин Шульгин Щедрин Щеглов
    Щербаков Щукин Юдин Юрьев Яковлев Якушев Яровой Яшин
    """
)
_HYPHENATED = ["Римский-Корсаков", "Бонч-Бруевич", "Петров-Водкин", "Соколов-Ильин"]
_TATAR_SURNAMES = _words(
    """
    Абдуллин Ахметов Валиев Гайнутдинов Галеев Гарифуллин Зарипов Ибрагимов Исмагилов Каримов
    Мингазов Мухаметшин Нуриев Сабиров Сафин Тухватуллин Фаттахов Хайруллин Хасанов Шакиров Юсупов
    """
)
_CAUCASIAN_SURNAMES = _words("Мамедов Алиев Гусейнов Саркисян Григорян Магомедов Гогоберидзе")
_FAR_SURNAMES = _words("Ким Цой Пак Ли Тен")
_WESTERN_SURNAMES = _words("Вебер Гринберг Фишер Шмидт Кох Гофман")

_SLAVIC_BOYS = _words(
    """
    Александр Алексей Андрей Антон Арсений Артём Артемий Богдан Вадим Валерий Василий Виктор
    Владимир Владислав Вячеслав Георгий Герман Глеб Гордей Григорий Давид Даниил Данила Демид Денис
    Дмитрий Евгений Егор Елисей Ефим Захар Иван Игорь Илья Кирилл Константин Кузьма Лев Леонид Лука
    Макар Максим Марк Матвей Мирон Михаил Никита Николай Олег Павел Пётр Платон Прохор Родион Роман
    Ростислав Савва Савелий Святослав Семён Сергей Степан Тимофей Тихон Фёдор Филипп Юрий Яков
    Ярослав
    """
)
_SLAVIC_GIRLS = _words(
    """
    Агата Алевтина Александра Алёна Алина Алиса Алла Анастасия Ангелина Анна Арина Валентина
    Валерия Варвара Василиса Вера Вероника Виктория Виолетта Галина Дарья Диана Ева Евгения
    Екатерина Елена Елизавета Есения Злата Зоя Инна Ирина Карина Кира Кристина Ксения Лада Лариса
    Лидия Любовь Людмила Маргарита Марина Мария Марьяна Майя Милана Мирослава Надежда Наталья Ника
    Нина Оксана Олеся Ольга Пелагея Полина Раиса Светлана Серафима София Стефания Таисия Тамара
    Татьяна Ульяна Фёкла Эвелина Эмилия Юлия Яна Ярослава
    """
)
_SLAVIC_MEN = _words(
    """
    Александр Алексей Анатолий Андрей Антон Аркадий Артём Борис Вадим Валентин Валерий Василий
    Виктор Виталий Владимир Владислав Вячеслав Геннадий Георгий Григорий Денис Дмитрий Евгений Иван
    Игорь Илья Кирилл Константин Леонид Лев Максим Михаил Никита Николай Олег Павел Пётр Роман
    Руслан Семён Сергей Станислав Степан Фёдор Эдуард Юрий Яков Ярослав
    """
)
_SLAVIC_WOMEN = _words(
    """
    Александра Алёна Алла Анастасия Ангелина Анна Валентина Валерия Вера Вероника Виктория Галина
    Дарья Диана Евгения Екатерина Елена Жанна Инна Ирина Ксения Лариса Лидия Лилия Любовь Людмила
    Маргарита Марина Мария Надежда Наталия Наталья Оксана Олеся Ольга Полина Светлана Татьяна Юлия
    Яна
    """
)
_ELDER_MEN = _words(
    """
    Анатолий Аркадий Борис Валентин Василий Виктор Владимир Вячеслав Геннадий Георгий Евгений Иван
    Леонид Михаил Николай Павел Пётр Семён Фёдор Юрий Яков
    """
)
_ELDER_WOMEN = _words(
    """
    Алевтина Антонина Валентина Вера Галина Зинаида Зоя Клавдия Лариса Лидия Любовь Людмила
    Маргарита Надежда Наталья Нина Ольга Раиса Светлана Тамара Татьяна
    """
)
_TATAR_MEN = _words(
    "Айдар Альберт Артур Дамир Ильдар Ильнур Камиль Марат Наиль Радик Рамиль Ренат Ринат Рустам Тимур Эмиль"
)
_TATAR_WOMEN = _words(
    "Аида Айгуль Алия Альбина Алсу Амина Гузель Гульнара Диляра Камила Лейла Лилия Лия Регина Резеда Эльвира"
)
_CAUCASIAN_MEN = _words(
    "Анвар Арам Арсен Гамид Давид Камал Карен Магомед Рашид Рустам Самвел Тигран Шамиль Эльдар"
)
_CAUCASIAN_WOMEN = _words(
    "Айсель Ануш Ася Диана Заира Лейла Мадина Мариам Марьям Нино Патимат Севда Сусанна"
)

#: What the fathers of today's parents and teachers were called, as often as it was so.
_GRANDFATHERS = [
    *_words("Александр Владимир Николай Сергей Виктор Анатолий Михаил Иван Юрий Алексей") * 4,
    *_words("Василий Пётр Валерий Геннадий Андрей Павел Борис Леонид Евгений Вячеслав") * 2,
    *_words("Аркадий Георгий Григорий Семён Степан Фёдор Яков Лев Игорь Олег Илья Станислав"),
]
_FAVOURITES = frozenset(
    _words(
        """
    Александр Алексей Андрей Артём Дмитрий Евгений Егор Иван Илья Кирилл Максим Матвей Михаил
    Никита Николай Павел Роман Сергей Тимофей Фёдор Владимир Денис Антон Виктор Анатолий Алёна
    Алиса Анастасия Анна Арина Варвара Василиса Вероника Виктория Дарья Ева Екатерина Елена
    Елизавета Ирина Ксения Любовь Марина Мария Милана Надежда Наталья Ольга Полина Светлана София
    Татьяна Ульяна Юлия Галина Людмила Валентина Нина
        """
    )
)

#: Patronymics that do not follow the rule of the last letter: name → (man's, woman's).
_PATRONYMICS = {
    "Илья": ("Ильич", "Ильинична"),
    "Кузьма": ("Кузьмич", "Кузьминична"),
    "Лев": ("Львович", "Львовна"),
    "Лука": ("Лукич", "Лукинична"),
    "Михаил": ("Михайлович", "Михайловна"),
    "Никита": ("Никитич", "Никитична"),
    "Павел": ("Павлович", "Павловна"),
    "Пётр": ("Петрович", "Петровна"),
    "Савва": ("Саввич", "Саввична"),
    "Яков": ("Яковлевич", "Яковлевна"),
    "Георгий": ("Георгиевич", "Георгиевна"),
    "Дмитрий": ("Дмитриевич", "Дмитриевна"),
    "Николай": ("Николаевич", "Николаевна"),
}

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Names that go together in one family."""

    weight: int
    surnames: Sequence[str]
    boys: Sequence[str]
    girls: Sequence[str]
    men: Sequence[str]
    women: Sequence[str]
    grandfathers: Sequence[str]
    #: How often nobody in a family has a patronymic.
    without_patronymic: float = 0.0


POOLS = (
    Pool(
        weight=880,
        surnames=_SLAVIC_SURNAMES,
        boys=_SLAVIC_BOYS,
        girls=_SLAVIC_GIRLS,
        men=_SLAVIC_MEN,
        women=_SLAVIC_WOMEN,
        grandfathers=_GRANDFATHERS,
    ),
    Pool(
        weight=70,
        surnames=_TATAR_SURNAMES,
        boys=_TATAR_MEN,
        girls=_TATAR_WOMEN,
        men=_TATAR_MEN,
        women=_TATAR_WOMEN,
        grandfathers=_TATAR_MEN,
    ),
    Pool(
        weight=25,
        surnames=_CAUCASIAN_SURNAMES,
        boys=_CAUCASIAN_MEN,
        girls=_CAUCASIAN_WOMEN,
        men=_CAUCASIAN_MEN,
        women=_CAUCASIAN_WOMEN,
        grandfathers=_CAUCASIAN_MEN,
        without_patronymic=0.25,
    ),
    Pool(
        weight=10,
        surnames=_FAR_SURNAMES,
        boys=_SLAVIC_BOYS,
        girls=_SLAVIC_GIRLS,
        men=_SLAVIC_MEN,
        women=_SLAVIC_WOMEN,
        grandfathers=_GRANDFATHERS,
        without_patronymic=0.2,
    ),
    Pool(
        weight=10,
        surnames=_WESTERN_SURNAMES,
        boys=_SLAVIC_BOYS,
        girls=_SLAVIC_GIRLS,
        men=_SLAVIC_MEN,
        women=_SLAVIC_WOMEN,
        grandfathers=_GRANDFATHERS,
        without_patronymic=0.2,
    ),
    Pool(
        weight=3,
        surnames=_HYPHENATED,
        boys=_SLAVIC_BOYS,
        girls=_SLAVIC_GIRLS,
        men=_SLAVIC_MEN,
        women=_SLAVIC_WOMEN,
        grandfathers=_GRANDFATHERS,
    ),
)
#: Members of staff who were pupils themselves long ago.
ELDERS = Pool(
    weight=1,
    surnames=_SLAVIC_SURNAMES,
    boys=_ELDER_MEN,
    girls=_ELDER_WOMEN,
    men=_ELDER_MEN,
    women=_ELDER_WOMEN,
    grandfathers=_GRANDFATHERS,
)


def pick_pool(rng: random.Random) -> Pool:
    """A pool of names, the common ones more often."""
    return rng.choices(POOLS, weights=[pool.weight for pool in POOLS])[0]


def common(rng: random.Random, names: Sequence[str]) -> str:
    """A name of a list; those that half of a generation bears come more often than the others."""
    favourites = [name for name in names if name in _FAVOURITES]
    if favourites and rng.random() < 0.6:
        return rng.choice(favourites)
    return rng.choice(names)


def feminine(surname: str) -> str:
    """A woman's form of a man's surname: «Вишневский» → «Вишневская», «Черных» stays."""
    return "-".join(_feminine(part) for part in surname.split("-"))


def _feminine(surname: str) -> str:
    if surname.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return surname + "а"
    if surname.endswith(("ский", "цкий", "ской", "цкой")):
        return surname[:-2] + "ая"
    if surname.endswith(("ой", "ый")) and len(surname) > 4:
        return surname[:-2] + "ая"
    return surname


def patronymic(father: str, sex: str) -> str:
    """A patronymic from the father's given name: «Андрей» → «Андреевич», «Андреевна»."""
    if father in _PATRONYMICS:
        return _PATRONYMICS[father][0 if sex == "m" else 1]
    man, woman = ("ович", "овна")
    stem = father
    if father.endswith("ий"):
        stem, man, woman = father[:-2] + "ь", "евич", "евна"
    elif father.endswith(("й", "ь")):
        stem, man, woman = father[:-1], "евич", "евна"
    elif father.endswith("а"):
        stem = father[:-1]
    return stem + (man if sex == "m" else woman)


def latin(text: str) -> str:
    """Cyrillic letters written with Latin ones; everything else is dropped."""
    letters = []
    for letter in text:
        found = _LATIN.get(letter.lower(), letter if letter.isascii() and letter.isalnum() else "")
        letters.append(found.capitalize() if letter.isupper() else found)
    return "".join(letters)


def login(surname: str, given_name: str, patronymic_: str | None, taken: set[str]) -> str:
    """A free login of surname and initials, «IvanovII», which is added to ``taken``."""
    initials = "".join(latin(part)[:1].upper() for part in (given_name, patronymic_ or "") if part)
    plain = latin(surname) + initials
    found, number = plain, 1
    while found.lower() in taken:
        number += 1
        found = f"{plain}{number}"
    taken.add(found.lower())
    return found
