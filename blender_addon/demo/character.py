def make_character():
    raise NotImplementedError
